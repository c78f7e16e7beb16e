/**
 * The LUKS1 header: parse, validate, serialize. Pure functions over bytes; keys are made and used elsewhere.
 * @module
 */
export {
  LUKS_HEADER_BYTES,
  parseLuksHeader,
  serializeLuksHeader,
  validateLuksHeader,
} from './luks/header.ts';
export type { LuksHeader, LuksRules } from './luks/header.ts';
export { LUKS_DIGEST_BYTES, LUKS_SALT_BYTES, LUKS_SLOTS, LUKS_STRIPES } from './luks/key-slot.ts';
export type { LuksKeySlot } from './luks/key-slot.ts';
export { luksAreaBytes, luksMaterialBytes, luksSlotOffset } from './luks/layout.ts';
