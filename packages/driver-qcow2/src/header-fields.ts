// Fields of the header that an open image changes: a few bytes written at once, so that a power cut leaves the old ones or the new ones.
import { wait, type Steps } from '@q/block';
import { headerPatch, type Header, type HeaderPatchKind } from '@q/format';
import type { State } from './state.ts';

/**
 * Writes the fields `kind` of `header`, durably; what they name is durable before. The caller holds the image lock.
 *
 * When this fails the disk may have either; in memory the old ones count. They are written again before anything else is made durable.
 */
export function* changeHeader(state: State, kind: HeaderPatchKind, header: Header): Steps<void> {
  yield* settleHeader(state);
  state.headerDoubts.add(kind);
  yield* writeFields(state, kind, header);
  state.cluster = { ...state.cluster, header };
  state.headerDoubts.delete(kind);
}

/** Writes again what a failed change has left uncertain. */
export function* settleHeader(state: State): Steps<void> {
  for (const kind of state.headerDoubts) {
    yield* writeFields(state, kind, state.cluster.header);
    state.headerDoubts.delete(kind);
  }
}

function* writeFields(state: State, kind: HeaderPatchKind, header: Header): Steps<void> {
  const { offset, bytes } = headerPatch(header, kind);
  yield* wait(state.file.write(bytes, offset));
  yield* wait(state.file.flush());
}
