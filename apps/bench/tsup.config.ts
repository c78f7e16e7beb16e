import { defineConfig } from 'tsup';
import { application } from '../../tooling/tsup/presets.mjs';

// Threads and processes that measure have entries of their own: they load what they run, and nothing of the command line.
export default defineConfig(
  application({
    entry: {
      main: 'src/main.ts',
      'replay-child': 'src/replay/child.ts',
      'drive-child': 'src/drive/child.ts',
      'read-child': 'src/speed/read-child.ts',
    },
  }),
);
