// Runs the tests in their long versions (Q_LONG=1): more seeds, more steps. Arguments go to vitest.
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { repositoryRoot } from './workspace.mjs';

const vitest = path.join(repositoryRoot, 'node_modules/vitest/vitest.mjs');
const { status } = spawnSync(process.execPath, [vitest, 'run', ...process.argv.slice(2)], {
  cwd: repositoryRoot,
  stdio: 'inherit',
  env: { ...process.env, Q_LONG: '1' },
});
process.exitCode = status ?? 1;
