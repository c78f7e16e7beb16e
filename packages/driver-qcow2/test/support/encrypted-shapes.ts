import { PASSPHRASE, type Shape } from './shapes.ts';

const quick = { passphrase: PASSPHRASE, iterations: 1000 };

/** Encrypted images that sequences run on. Opening one takes a few hundredths of a second. */
export const ENCRYPTED_SHAPES: readonly Shape[] = [
  {
    name: 'LUKS, 4 KiB clusters over a backing device',
    create: {
      size: 60 * 4096 + 512,
      clusterSize: 4096,
      backing: { name: 'b', format: 'raw' },
      encryption: quick,
    },
    backing: 50 * 4096 + 700,
  },
  {
    name: 'LUKS, AES-256-CBC with ESSIV, 512-byte clusters',
    create: {
      size: 200 * 512,
      clusterSize: 512,
      encryption: { ...quick, mode: 'cbc', iv: 'essiv:sha256', hash: 'sha512' },
    },
    backing: 0,
  },
  {
    name: 'LUKS, extended L2 entries over a backing device, lazy refcounts',
    create: {
      size: 20 * 16384 + 512,
      clusterSize: 16384,
      extendedL2: true,
      lazyRefcounts: true,
      backing: { name: 'b', format: 'raw' },
      encryption: { ...quick, keyBits: 128 },
    },
    backing: 18 * 16384 + 300,
  },
  {
    name: 'LUKS, external data file',
    create: { size: 60 * 4096, clusterSize: 4096, dataFile: { name: 'd' }, encryption: quick },
    backing: 0,
    dataFile: true,
  },
  {
    name: 'legacy AES, version 2, over a backing device',
    create: {
      size: 60 * 4096 + 1024,
      clusterSize: 4096,
      version: 2,
      backing: { name: 'b', format: 'raw' },
    },
    backing: 50 * 4096 + 700,
    legacyAes: true,
  },
];
