import { isPromise } from '@q/block';
import { describe, expect, it } from 'vitest';
import { Lock } from '../src/index.ts';

/** A promise to be settled by hand. */
function later<T>(): {
  promise: Promise<T>;
  resolve: (value: T) => void;
  reject: (e: Error) => void;
} {
  let resolve!: (value: T) => void;
  let reject!: (error: Error) => void;
  const promise = new Promise<T>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}

describe('Lock', () => {
  it('runs synchronous work without a promise', () => {
    const lock = new Lock();
    expect(lock.run(() => (lock.busy ? 7 : 0))).toBe(7);
    expect(lock.busy).toBe(false);
  });

  it('lets one in at a time, in the order of arrival', async () => {
    const lock = new Lock();
    const order: string[] = [];
    const gate = later<void>();
    const first = lock.run(async () => {
      await gate.promise;
      order.push('first');
    });
    const second = lock.run(() => void order.push('second'));
    const third = lock.run(() => void order.push('third'));
    expect(order).toEqual([]);
    expect(isPromise(second)).toBe(true);
    gate.resolve();
    await Promise.all([first, second, third]);
    expect(order).toEqual(['first', 'second', 'third']);
    expect(lock.busy).toBe(false);
  });

  it('lets nobody in between the holder and the first who waits', async () => {
    const lock = new Lock();
    const order: string[] = [];
    const gate = later<void>();
    const first = lock.run(() => gate.promise);
    const second = lock.run(() => void order.push('waited'));
    // In the turn in which the lock is handed over, and before the one who waited has run.
    const intruder = gate.promise.then(async () => {
      expect(lock.busy).toBe(true);
      await lock.run(() => void order.push('came later'));
    });
    gate.resolve();
    await Promise.all([first, second, intruder]);
    expect(order).toEqual(['waited', 'came later']);
  });

  it('gives an error to the caller and lets go', async () => {
    const lock = new Lock();
    expect(() =>
      lock.run(() => {
        throw new Error('thrown');
      }),
    ).toThrow('thrown');
    expect(lock.busy).toBe(false);
    const gate = later<void>();
    const first = lock.run(() => gate.promise);
    const second = lock.run(() => {
      throw new Error('thrown in turn');
    });
    const third = lock.run(() => 3);
    gate.reject(new Error('rejected'));
    const results = await Promise.allSettled([first, second, third]);
    expect(results.map((r) => (r.status === 'rejected' ? String(r.reason) : r.value))).toEqual([
      'Error: rejected',
      'Error: thrown in turn',
      3,
    ]);
    expect(lock.busy).toBe(false);
  });
});
