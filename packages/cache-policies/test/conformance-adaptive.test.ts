import { describe, it } from 'vitest';
import { strategyConformance } from '@q/cache/conformance';
import { arc } from '../src/arc.ts';
import { Belady } from '../src/belady.ts';
import { clock } from '../src/clock.ts';
import { s3fifo } from '../src/s3fifo.ts';
import { sieve } from '../src/sieve.ts';
import { wtinylfu } from '../src/wtinylfu.ts';

const capacities = [1, 2, 3, 7, 20, 64];

describe('clock', () =>
  strategyConformance((tables) => clock({ tables }), { describe, it }, { capacities }));
describe('sieve', () =>
  strategyConformance((tables) => sieve({ tables }), { describe, it }, { capacities }));
describe('arc', () =>
  strategyConformance((tables) => arc({ tables }), { describe, it }, { capacities }));
describe('s3fifo', () =>
  strategyConformance((tables) => s3fifo({ tables }), { describe, it }, { capacities }));
describe('wtinylfu', () =>
  strategyConformance((tables) => wtinylfu({ tables }), { describe, it }, { capacities }));

// The suite makes up its keys as it goes, so nobody can announce them: here an oracle invents when each key comes next. What is left to
// test is the contract; that the victims are right, belady.test.ts and the reference counts test.
describe('belady', () => {
  const make = (tables: number): Belady => {
    let now = 0;
    const next = (key: number): number => now + 1 + (Math.floor(key * 7919 + now * 104_729) % 97);
    return new Belady(tables, {
      use: (key) => {
        now++;
        return next(key);
      },
      next,
      restart: () => (now = 0),
    });
  };
  strategyConformance(make, { describe, it }, { capacities });
});
