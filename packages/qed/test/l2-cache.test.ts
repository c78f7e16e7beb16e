import { QedL2Cache, type QedL2Entry } from '@q/qed';
import { describe, expect, it } from 'vitest';

function setUp(tables: number) {
  const freed: string[] = [];
  const cache = new QedL2Cache<string>({ tables, freed: (table) => freed.push(table) });
  /** What a miss does, for a table that was read as `table`. */
  const insert = (offset: number, table = `t${offset}`): void => {
    const entry = cache.alloc();
    entry.offset = offset;
    entry.table = table;
    cache.commit(entry);
  };
  const use = (offset: number): QedL2Entry<string> => {
    const entry = cache.find(offset);
    if (entry === undefined) throw new Error(`${offset} is not cached`);
    return entry;
  };
  return { cache, freed, insert, use };
}

describe('QedL2Cache', () => {
  it('finds what was committed, and counts its users', () => {
    const { cache, insert, use } = setUp(3);
    expect(cache.find(7)).toBe(undefined);
    insert(7);
    const first = use(7);
    expect(use(7)).toBe(first);
    expect(first).toMatchObject({ offset: 7, table: 't7', refs: 3 });
    cache.unref(first);
    cache.unref(first);
    expect(first.refs).toBe(1);
  });

  it('lets the first go that came, however often it was hit', () => {
    const { cache, freed, insert, use } = setUp(3);
    for (const offset of [1, 2, 3]) insert(offset);
    cache.unref(use(1));
    insert(4);
    expect(freed).toEqual(['t1']);
    expect([1, 2, 3, 4].map((offset) => cache.find(offset)?.offset)).toEqual([undefined, 2, 3, 4]);
    expect(cache.evictions).toBe(1);
  });

  it('passes over entries in use, which keep their place', () => {
    const { cache, freed, insert, use } = setUp(2);
    insert(1);
    insert(2);
    const held = use(1);
    insert(3);
    expect(freed).toEqual(['t2']);
    cache.unref(held);
    insert(4);
    expect(freed).toEqual(['t2', 't1']);
  });

  it('keeps a dropped copy alive until its last user lets go', () => {
    const { cache, freed } = setUp(1);
    const entry = cache.alloc();
    entry.table = 'private';
    entry.refs++;
    cache.unref(entry);
    expect(freed).toEqual([]);
    cache.unref(entry);
    expect(freed).toEqual(['private']);
    expect(() => cache.unref(entry)).toThrow(TypeError);
    expect(() => cache.commit(entry)).toThrow(TypeError);
  });

  it('grows while all are in use, and shrinks at the next commits', () => {
    const { cache, freed, insert, use } = setUp(2);
    const held = [1, 2, 3, 4, 5].map((offset) => {
      insert(offset);
      return use(offset);
    });
    expect(cache.size).toBe(5);
    expect(freed).toEqual([]);
    for (const entry of held.slice(0, 2)) cache.unref(entry);
    insert(6);
    expect(freed).toEqual(['t1', 't2']);
    expect(cache.size).toBe(4);
    for (const entry of held.slice(2)) cache.unref(entry);
    insert(7);
    expect(freed).toEqual(['t1', 't2', 't3', 't4', 't5']);
    expect(cache.size).toBe(2);
  });

  it('keeps the first of two copies that were read at the same time', () => {
    const { cache, freed, use } = setUp(2);
    const [ours, theirs] = [cache.alloc(), cache.alloc()];
    ours.table = 'ours';
    theirs.table = 'theirs';
    ours.offset = theirs.offset = 9;
    cache.commit(theirs);
    cache.commit(ours);
    expect(freed).toEqual(['ours']);
    expect(use(9).table).toBe('theirs');
    expect(() => cache.commit(theirs)).toThrow(TypeError);
  });

  it('has 50 tables unless told, and one at least', () => {
    expect(new QedL2Cache().capacity).toBe(50);
    expect(() => new QedL2Cache({ tables: 0 })).toThrow(RangeError);
  });
});
