/** The version shown in reports; taken from package.json when the bundles are built and tests are run. */
import manifest from '../../package.json' with { type: 'json' };

export const version: string = manifest.version;
