// `import text from './x.h?raw'` for esbuild, as the test runner understands it.
import { readFileSync } from 'node:fs';
import path from 'node:path';

export const rawFiles = {
  name: 'raw-files',
  setup(build) {
    build.onResolve({ filter: /\?raw$/ }, (args) => ({
      path: path.resolve(args.resolveDir, args.path.replace(/\?raw$/, '')),
      namespace: 'raw-file',
    }));
    build.onLoad({ filter: /.*/, namespace: 'raw-file' }, (args) => ({
      contents: readFileSync(args.path, 'utf8'),
      loader: 'text',
      watchFiles: [args.path],
    }));
  },
};
