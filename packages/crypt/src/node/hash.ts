import { createHash } from 'node:crypto';
import type { Digest } from '../hash.ts';

/** Digests for Node: a splitter takes thousands of them, each of less than a microsecond. */
export const digest: Digest = (hash, bytes) => createHash(hash).update(bytes).digest();
