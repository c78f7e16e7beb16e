/**
 * Deflate in plain JavaScript, everywhere: its output is the one of zlib, and so of QEMU, byte for byte. The zlib that Node brings is faster
 * but hashes differently, and finds other matches.
 * @module
 */
export { deflate } from './deflate.ts';
