/**
 * The compression codecs of image formats, for browsers; Node gets `node/index.ts` under the same name.
 * @module
 */
import type { Codec, CodecName } from './codec.ts';
import { deflate } from './deflate.ts';
import { zstd } from './zstd.ts';

export type { Codec, CodecName } from './codec.ts';
export { deflate, zstd };

/** The codecs by name. Whoever needs one only imports that one, and the bundle leaves out the other. */
export const codecs: Readonly<Record<CodecName, Codec>> = { deflate, zstd };
