import { defineConfig } from 'tsup';
import { library } from '../../tooling/tsup/presets.mjs';

export default defineConfig(
  library({ entry: { index: 'src/index.ts', node: 'src/node/index.ts' } }),
);
