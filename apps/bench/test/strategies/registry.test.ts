import { expect, it } from 'vitest';
import {
  checkStrategyName,
  createStrategy,
  familyOf,
  strategyNames,
} from '../../src/strategies/registry.ts';

const future = Float64Array.of(1, 2, 1);

it('knows the fourteen names, in the order in which they are shown', () => {
  expect(strategyNames.join(' ')).toBe(
    'lru-rbtree direct set-assoc-4 set-assoc-8 qemu-linear fifo random lfu clock sieve arc s3fifo wtinylfu belady',
  );
});

it.each(strategyNames)('builds %s with the slots asked for', (name) => {
  const strategy = createStrategy(name, { tables: 16, future });
  expect(strategy.capacity).toBe(16);
  expect(strategy.find(1)).toBe(-1);
  expect(strategy.keyAt(strategy.place(1))).toBe(1);
});

it('takes the index of direct and of any set-assoc-N after a colon', () => {
  // 0 and 4 share a set by remainder in four sets of one, so 4 puts 0 out.
  const strategy = createStrategy('direct:mod', { tables: 4, future });
  for (const key of [0, 4]) {
    strategy.find(key);
    strategy.place(key);
  }
  expect(strategy.peek(0)).toBe(-1);
  for (const name of ['direct:hash', 'set-assoc-4:mod', 'set-assoc-16:hash', 'set-assoc-3']) {
    expect(checkStrategyName(name)).toBe(name);
    expect(familyOf(name)).toBe('lookup');
  }
});

it.each(['fifo:mod', 'direct:', 'direct-4', 'set-assoc-', 'set-assoc-4:crc', 'SIEVE', ''])(
  'refuses "%s" and lists the names',
  (name) => {
    expect(() => checkStrategyName(name)).toThrow(RangeError);
    expect(() => checkStrategyName(name)).toThrow(strategyNames.join(', '));
  },
);

it('suggests the nearest name, variants included, and none for nonsense', () => {
  expect(() => checkStrategyName('SIEVE')).toThrow('did you mean "sieve"?');
  expect(() => checkStrategyName('direct:mode')).toThrow('did you mean "direct:mod"?');
  expect(() => checkStrategyName('lru-rbtre')).toThrow('did you mean "lru-rbtree"?');
  expect(() => checkStrategyName('xyzzyxyzzy')).not.toThrow('did you mean');
});
