/**
 * Header extensions with their payloads decoded. Unknown ones are kept as they are. QCOW2 format, section "Header extensions".
 * @module
 */
import {
  parseBitmapsExtension,
  serializeBitmapsExtension,
  type BitmapsExtension,
} from './bitmaps-extension.ts';
import { Cursor } from './cursor.ts';
import { checkLimit } from './errors.ts';
import {
  EXTENSION_BACKING_FORMAT,
  EXTENSION_BITMAPS,
  EXTENSION_DATA_FILE,
  EXTENSION_FEATURE_NAMES,
  EXTENSION_LUKS,
  type RawExtension,
} from './extension-list.ts';
import { parseFeatureNameTable, serializeFeatureNameTable } from './feature-name-table.ts';
import type { FeatureName } from './features.ts';
import {
  parseLuksExtension,
  serializeLuksExtension,
  type LuksExtension,
} from './luks-extension.ts';
import { FORMAT_LIMITS_DEFAULTS, type FormatLimits } from './limits.ts';

/** Format of the backing file: `qcow2`, `raw`. Without it the format is unknown; never probe for it in an untrusted image. */
export interface BackingFormatExtension {
  readonly kind: 'backing-format';
  readonly format: string;
}

/** Name of the external data file; only with `INCOMPATIBLE_DATA_FILE`. Untrusted, like every name in an image. */
export interface DataFileExtension {
  readonly kind: 'data-file';
  readonly name: string;
}

/** What feature bits are called, for error messages. */
export interface FeatureNamesExtension {
  readonly kind: 'feature-names';
  readonly names: readonly FeatureName[];
}

/** An extension that is not known here, kept verbatim (and a feature name table that is not well formed: it only informs). */
export interface UnknownExtension extends RawExtension {
  readonly kind: 'unknown';
}

/** A header extension. */
export type HeaderExtension =
  | BackingFormatExtension
  | FeatureNamesExtension
  | BitmapsExtension
  | LuksExtension
  | DataFileExtension
  | UnknownExtension;

const encoder = new TextEncoder();

/** Decodes a payload. `at`: where it stands in the image, bytes, for errors. */
export function decodeExtension(
  raw: RawExtension,
  limits: FormatLimits = FORMAT_LIMITS_DEFAULTS,
  at = 0,
): HeaderExtension {
  const { type, data } = raw;
  const { length } = data;
  switch (type) {
    case EXTENSION_BACKING_FORMAT: {
      const limit = limits.backingFormatBytes;
      checkLimit(length, limit, 'The backing format name', 'backingFormatBytes', at);
      const format = new Cursor(data, 'backing format', at).text(length, 'backing format');
      return { kind: 'backing-format', format };
    }
    case EXTENSION_DATA_FILE: {
      const limit = limits.dataFileNameBytes;
      checkLimit(length, limit, 'The data file name', 'dataFileNameBytes', at);
      const name = new Cursor(data, 'data file name', at).text(length, 'data file name');
      return { kind: 'data-file', name };
    }
    case EXTENSION_BITMAPS:
      return parseBitmapsExtension(data, at);
    case EXTENSION_LUKS:
      return parseLuksExtension(data, at);
    case EXTENSION_FEATURE_NAMES: {
      const names = parseFeatureNameTable(data);
      return isSame(data, names)
        ? { kind: 'feature-names', names }
        : { kind: 'unknown', type, data };
    }
    default:
      return { kind: 'unknown', type, data };
  }
}

/** Whether the names are all that the payload says, so that nothing is lost by keeping them instead. */
function isSame(data: Uint8Array, names: readonly FeatureName[]): boolean {
  if (names.some(({ name }) => encoder.encode(name).length > 46)) return false;
  const again = serializeFeatureNameTable(names);
  return again.length === data.length && again.every((byte, i) => byte === data[i]);
}

/** The payload and type of an extension. */
export function encodeExtension(extension: HeaderExtension): RawExtension {
  switch (extension.kind) {
    case 'backing-format':
      return { type: EXTENSION_BACKING_FORMAT, data: encoder.encode(extension.format) };
    case 'data-file':
      return { type: EXTENSION_DATA_FILE, data: encoder.encode(extension.name) };
    case 'bitmaps':
      return { type: EXTENSION_BITMAPS, data: serializeBitmapsExtension(extension) };
    case 'luks':
      return { type: EXTENSION_LUKS, data: serializeLuksExtension(extension) };
    case 'feature-names':
      return { type: EXTENSION_FEATURE_NAMES, data: serializeFeatureNameTable(extension.names) };
    case 'unknown':
      return { type: extension.type, data: extension.data };
  }
}
