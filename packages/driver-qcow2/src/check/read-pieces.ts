import { isImageError, readPadded, wait, type Steps } from '@q/block';
import type { Piece } from './spans.ts';
import type { Survey } from './survey.ts';

const CHUNK = 2 ** 20;

/** Reads pieces of the file (bytes, not clusters), as far as they are in it, and shows them to `visit` bit by bit: bytes, where they stand, how many, and the piece's depth. */
export function* readPieces(
  survey: Survey,
  pieces: readonly Piece[],
  visit: (view: DataView, at: number, length: number, depth: number) => void,
): Steps<void> {
  const { file } = survey;
  const buffer = new Uint8Array(CHUNK);
  const view = new DataView(buffer.buffer);
  for (const { start, end, depth } of pieces) {
    const stop = Math.min(end, file.size);
    for (let at = start; at < stop; at += CHUNK) {
      const length = Math.min(CHUNK, stop - at);
      try {
        // Entries have 8 bytes: the last one may be cut by the end of the file.
        const whole = Math.ceil(length / 8) * 8;
        yield* wait(readPadded(file, buffer.subarray(0, whole), at));
        visit(view, at, Math.min(whole, end - at), depth);
      } catch (error) {
        if (!isImageError(error, 'io')) throw error;
        survey.unreadable(at, true);
      }
    }
  }
}
