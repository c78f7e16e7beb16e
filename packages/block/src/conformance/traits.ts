import type { BlockDevice } from '../device.ts';
import type { MaybePromise } from '../maybe.ts';

/** What kind of device the suite is to expect. */
export interface DeviceTraits {
  /** A write past the end extends it. Default false. */
  readonly growable: boolean;
  /** `resize` works. Default true. */
  readonly resizable: boolean;
}

/** The part of a test runner that the suite uses: vitest, jest, mocha and node:test have it. */
export interface TestRunner {
  readonly describe: (name: string, tests: () => void) => unknown;
  readonly it: (name: string, test: () => Promise<void>) => unknown;
}

/** Makes a new device of `size` bytes, all zeroes, writable. Called once for each test; the suite closes what it gives. */
export type DeviceFactory = (size: number) => MaybePromise<BlockDevice>;
