import { defineConfig } from 'tsup';
import { library } from '../../tooling/tsup/presets.mjs';

export default defineConfig(
  library({
    entry: [
      'src/index.ts',
      'src/qemu-linear.ts',
      'src/fifo.ts',
      'src/random.ts',
      'src/lfu.ts',
      'src/clock.ts',
      'src/sieve.ts',
      'src/arc.ts',
      'src/s3fifo.ts',
      'src/wtinylfu.ts',
      'src/belady.ts',
    ],
  }),
);
