import { deflateRaw } from 'pako';
import { type Codec, ifSmaller } from './codec.ts';
import { inflateInto } from './deflate-read.ts';

// For writing pako and not fflate: fflate cannot keep to a window of 4 KiB, so QEMU could not read what it wrote. For reading fflate, which
// is faster. `legacyHash` gives the bytes of zlib itself, which are QEMU's; without it pako imitates the zlib of Node and Chromium.

/** Raw deflate (RFC 1951) with a window of 4 KiB, in plain JavaScript. Writes, byte for byte, what QEMU with zlib writes. */
export const deflate: Codec = {
  name: 'deflate',
  decompress: inflateInto,
  compress: (input) =>
    ifSmaller(deflateRaw(input, { windowBits: 12, memLevel: 9, legacyHash: true }), input),
};
