// Runs turbo with telemetry, update check and remote cache off (all platforms; needs no cross-env).
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const bin = path.join(root, 'node_modules', '.bin');
if (!existsSync(path.join(root, 'node_modules', 'turbo'))) {
  console.error('Dependencies are missing: run `npm run setup` first.');
  process.exit(1);
}
const result = spawnSync(
  process.execPath,
  [path.join(root, 'node_modules/turbo/bin/turbo'), ...process.argv.slice(2)],
  {
    cwd: root,
    stdio: 'inherit',
    env: {
      ...process.env,
      TURBO_TELEMETRY_DISABLED: '1',
      DO_NOT_TRACK: '1',
      TURBO_NO_UPDATE_NOTIFIER: '1',
      TURBO_CACHE: 'local:rw',
      PATH: `${bin}${path.delimiter}${process.env.PATH ?? ''}`,
    },
  },
);
process.exit(result.status ?? 1);
