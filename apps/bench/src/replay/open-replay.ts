import type { ReplayKeys } from './child.ts';
import type { Child, Isolate } from './isolate.ts';
import { openProcess, openThread } from './isolate.ts';
import type { ReplayJob, ReplayResult } from './job.ts';

/** Where strategies are replayed over keys, away from all others. */
export type ReplayIsolate = Isolate<ReplayJob, ReplayResult>;

const child = (open: ReplayKeys): Child<ReplayKeys, ReplayJob> => ({
  entry: 'replay-child',
  open,
  nameOf: ({ strategy, tables }) => `${strategy} with ${tables} tables`,
});

/** A thread; `keys` (64-bit floats) are shared with it, not copied. */
export function openReplayThread(keys: SharedArrayBuffer): ReplayIsolate {
  return openThread(child(keys));
}

/** A process of its own; `keysFile` holds the keys as 64-bit floats in the machine's byte order. */
export function openReplayProcess(keysFile: string): ReplayIsolate {
  return openProcess(child(keysFile));
}
