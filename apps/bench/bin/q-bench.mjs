#!/usr/bin/env node
// Committed, so that the link exists before the first build.
import { existsSync } from 'node:fs';

const main = new URL('../dist/main.js', import.meta.url);
if (existsSync(main)) await import(main.href);
else {
  console.error('q-bench is not built yet: run `npm run build` in the repository root first.');
  process.exitCode = 1;
}
