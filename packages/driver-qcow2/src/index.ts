/**
 * The QCOW2 driver: a block device (the image file) in, a block device (the guest's disk) out.
 * @module
 */
export type { Qcow2AmendOptions } from './amend.ts';
export { create } from './create.ts';
export { QCOW2_CREATE_DEFAULTS } from './create-options.ts';
export type { Qcow2CreateOptions } from './create-options.ts';
export { LUKS_CREATE_DEFAULTS } from './encryption/create-luks.ts';
export type { LuksCreateOptions } from './encryption/create-luks.ts';
export type { EncryptionMethod } from './encryption/encryption.ts';
export type { PassphraseRequest, PassphraseSource } from './encryption/passphrase.ts';
export { readLuksHeader } from './encryption/unlock-luks.ts';
export { qcow2 } from './driver.ts';
export type { Qcow2Driver } from './driver.ts';
export { Qcow2Image } from './image.ts';
export { open } from './open.ts';
export { L2_CACHE_DEFAULT_BYTES, L2_SLICE_DEFAULT_BYTES } from './options.ts';
export type { Qcow2OpenOptions } from './options.ts';
export { readHeader } from './read-header.ts';
export { refuse } from './references.ts';
export type { Preallocation } from './preallocate.ts';
export type { Qcow2ResizeOptions } from './resize.ts';
export type { Gate, ImageReference } from './references.ts';
export type { CreateSnapshotOptions } from './snapshot/create-options.ts';
export type { CowTraffic } from './state.ts';
export { check } from './check/check.ts';
export type { CheckOptions, CheckReport } from './check/check.ts';
export { FINDINGS } from './check/finding-codes.ts';
export type { FindingCode, Severity } from './check/finding-codes.ts';
export type { Finding } from './check/findings.ts';
