import { defineConfig } from 'tsup';
import { application } from '../../tooling/tsup/presets.mjs';

// The replay threads and processes have an entry of their own: they load strategies, and nothing of the command line.
export default defineConfig(
  application({ entry: { main: 'src/main.ts', 'replay-child': 'src/replay/child.ts' } }),
);
