import { strategyConformance } from '@q/cache/conformance';
import { describe, it } from 'vitest';
import { directMapped, setAssoc } from '../src/index.ts';

const runner = { describe, it };
const inSets = { fullyAssociative: false };

for (const index of ['hash', 'mod'] as const) {
  for (const recent of [false, 4, true]) {
    describe(`${index}, recent: ${recent}`, () => {
      describe('direct-mapped', () =>
        strategyConformance((tables) => directMapped({ tables, index, recent }), runner, inSets));
      describe('4 ways', () =>
        strategyConformance(
          (tables) => setAssoc({ tables, ways: 4, index, recent }),
          runner,
          inSets,
        ));
      describe('one set', () =>
        strategyConformance((tables) => setAssoc({ tables, ways: tables, index, recent }), runner));
    });
  }
}
