import { defineConfig } from 'tsup';
import { application } from '../../tooling/tsup/presets.mjs';

export default defineConfig(application({ entry: ['src/main.ts'] }));
