import { describe, expect, it } from 'vitest';
import { isPromise, run, wait, type Steps } from '../src/index.ts';

function* sum(parts: readonly (number | Promise<number>)[]): Steps<number> {
  let total = 0;
  for (const part of parts) total += yield* wait(part);
  return total;
}

describe('steps', () => {
  it('are done at once when nothing has to wait', () => {
    expect(run(sum([1, 2, 3]))).toBe(6);
  });

  it('wait where they must, and go on with the value', async () => {
    const result = run(sum([1, Promise.resolve(2), 3, Promise.resolve(4)]));
    expect(isPromise(result)).toBe(true);
    expect(await result).toBe(10);
  });

  it('see a rejection where they waited, and may go on after it', async () => {
    function* stubborn(): Steps<string> {
      try {
        yield* wait(Promise.reject(new Error('no')));
      } catch (error) {
        return `caught ${(error as Error).message}`;
      }
      return 'not reached';
    }
    expect(await run(stubborn())).toBe('caught no');
  });

  it('give an error that is thrown before and after a wait to the caller', async () => {
    function* early(): Steps<void> {
      yield* wait(undefined);
      throw new Error('early');
    }
    function* late(): Steps<void> {
      yield* wait(Promise.resolve());
      throw new Error('late');
    }
    expect(() => run(early())).toThrow('early');
    await expect(run(late())).rejects.toThrow('late');
  });
});
