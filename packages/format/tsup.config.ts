import { defineConfig } from 'tsup';
import { library } from '../../tooling/tsup/presets.mjs';

export default defineConfig(library({ entry: ['src/index.ts', 'src/luks.ts', 'src/qcow1.ts'] }));
