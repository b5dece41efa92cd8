/** Before all end-to-end tests: what they use is packed from the sources as they are now. */
import { execFileSync } from 'node:child_process';
import path from 'node:path';

export default function packAll(): void {
  execFileSync('npm', ['run', '-s', 'package'], {
    cwd: path.resolve(import.meta.dirname, '../..'),
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}
