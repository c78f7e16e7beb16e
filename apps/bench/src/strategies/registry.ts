import type { CacheStrategy } from '@q/cache';
import { lruRbtree } from '@q/cache-lru-rbtree';
import { arc } from '@q/cache-policies/arc';
import { belady } from '@q/cache-policies/belady';
import { clock } from '@q/cache-policies/clock';
import { fifo } from '@q/cache-policies/fifo';
import { lfu } from '@q/cache-policies/lfu';
import { qemuLinear } from '@q/cache-policies/qemu-linear';
import { random } from '@q/cache-policies/random';
import { s3fifo } from '@q/cache-policies/s3fifo';
import { sieve } from '@q/cache-policies/sieve';
import { wtinylfu } from '@q/cache-policies/wtinylfu';
import { directMapped, setAssoc } from '@q/cache-set-assoc';
import { nearest } from './nearest.ts';

/** What a strategy is built from. */
export interface StrategyInput {
  /** Slots. */
  readonly tables: number;
  /** The key sequence that will be asked for, in order. Only `belady` reads it. */
  readonly future: Float64Array;
}

/**
 * Groups that are drawn together: `lookup` holds LRU behind different look-ups (tree, linear scan, sets, direct map), `simple` and
 * `adaptive` the policies, `bound` what no cache can do because it knows the future.
 */
export type StrategyFamily = 'lookup' | 'simple' | 'adaptive' | 'bound';

interface Entry {
  readonly family: StrategyFamily;
  readonly create: (input: StrategyInput) => CacheStrategy;
}

type Index = 'mod' | 'hash';

const direct = (index?: Index): Entry => ({
  family: 'lookup',
  create: ({ tables }) => directMapped({ tables, ...(index && { index }) }),
});
const sets = (ways: number, index?: Index): Entry => ({
  family: 'lookup',
  create: ({ tables }) => setAssoc({ tables, ways, ...(index && { index }) }),
});

const entries: ReadonlyMap<string, Entry> = new Map<string, Entry>([
  ['lru-rbtree', { family: 'lookup', create: ({ tables }) => lruRbtree({ tables }) }],
  ['direct', direct()],
  ['set-assoc-4', sets(4)],
  ['set-assoc-8', sets(8)],
  ['qemu-linear', { family: 'lookup', create: ({ tables }) => qemuLinear({ tables }) }],
  ['fifo', { family: 'simple', create: ({ tables }) => fifo({ tables }) }],
  ['random', { family: 'simple', create: ({ tables }) => random({ tables }) }],
  ['lfu', { family: 'simple', create: ({ tables }) => lfu({ tables }) }],
  ['clock', { family: 'simple', create: ({ tables }) => clock({ tables }) }],
  ['sieve', { family: 'adaptive', create: ({ tables }) => sieve({ tables }) }],
  ['arc', { family: 'adaptive', create: ({ tables }) => arc({ tables }) }],
  ['s3fifo', { family: 'adaptive', create: ({ tables }) => s3fifo({ tables }) }],
  ['wtinylfu', { family: 'adaptive', create: ({ tables }) => wtinylfu({ tables }) }],
  ['belady', { family: 'bound', create: ({ tables, future }) => belady({ tables, future }) }],
]);

/** The strategies that are compared when none is named, in the order in which they are shown. */
export const strategyNames: readonly string[] = [...entries.keys()];

/** The strategy that the others are measured against. */
export const REFERENCE_STRATEGY = 'lru-rbtree';

/** Builds the strategy called `name`. An unknown name, or a size that the strategy refuses, is a `RangeError`. */
export function createStrategy(name: string, input: StrategyInput): CacheStrategy {
  return entryOf(name).create(input);
}

/** The group that `name` is drawn in. */
export function familyOf(name: string): StrategyFamily {
  return entryOf(name).family;
}

/** Checks a name given by a user: a `RangeError` that lists the names, and says which one was probably meant. */
export function checkStrategyName(name: string): string {
  entryOf(name);
  return name;
}

function entryOf(name: string): Entry {
  const entry = entries.get(name) ?? variantOf(name);
  if (entry) return entry;
  const meant = nearest(name, [
    ...strategyNames,
    ...['direct', 'set-assoc-4', 'set-assoc-8'].flatMap((n) => [`${n}:mod`, `${n}:hash`]),
  ]);
  throw new RangeError(
    `unknown strategy "${name}"${meant ? `, did you mean "${meant}"` : ''}? ` +
      `Strategies: ${strategyNames.join(', ')}; also set-assoc-N for N ways, and :mod or :hash after direct and set-assoc-N`,
  );
}

/** `direct` and `set-assoc-N` with the index they are to use after a colon. */
function variantOf(name: string): Entry | undefined {
  const parts = /^(?:direct|set-assoc-([1-9]\d{0,3}))(?::(mod|hash))?$/.exec(name);
  if (!parts) return undefined;
  const index = parts[2] as Index | undefined;
  return parts[1] === undefined ? direct(index) : sets(Number(parts[1]), index);
}
