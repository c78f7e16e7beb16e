import { defineConfig } from 'vitest/config';

// Tests read the TypeScript sources of sibling packages (no build needed) through this export condition.
const conditions = ['@q/source'];
const long = process.env['Q_LONG'] === '1';

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions: [...conditions, 'module', 'node', 'development|production'] } },
  test: {
    include: ['{packages,apps,tooling}/*/test/**/*.test.ts'],
    testTimeout: long ? 3_600_000 : 60_000,
    hookTimeout: 120_000,
  },
});
