/**
 * The first cluster of an image: header, header extensions, backing file name. It is read, and rewritten, as a whole.
 * @module
 */
import { ImageError } from '@q/block';
import { validateBitmapsExtension } from './bitmaps-extension.ts';
import { Cursor } from './cursor.ts';
import { checkLimit, corrupt } from './errors.ts';
import {
  extensionListBytes,
  parseExtensionList,
  writeExtensionList,
  type RawExtension,
} from './extension-list.ts';
import { decodeExtension, encodeExtension, type HeaderExtension } from './extensions.ts';
import { AUTOCLEAR_BITMAPS, INCOMPATIBLE_DATA_FILE } from './features.ts';
import { featuresOf, headerLengthOf, parseHeader, serializeHeader, type Header } from './header.ts';
import type { HeaderRules } from './header-rules.ts';
import { withDefaultLimits } from './limits.ts';
import { validateLuksExtension } from './luks-extension.ts';
import { Writer } from './writer.ts';

/** What the first cluster says. */
export interface HeaderCluster {
  /** `backingFileOffset` and `backingFileSize` are set by {@link serializeHeaderCluster}, whatever they are here. */
  readonly header: Header;
  /** In the order of the image; no type appears twice. */
  readonly extensions: readonly HeaderExtension[];
  /** Name of the backing file as the image has it: untrusted text, never a path to open without asking. */
  readonly backingFile: string | undefined;
}

/** The extension of that kind, or undefined. (Of `unknown` ones there may be more.) */
export function extensionOf<K extends HeaderExtension['kind']>(
  cluster: Pick<HeaderCluster, 'extensions'>,
  kind: K,
): Extract<HeaderExtension, { kind: K }> | undefined {
  const isKind = (e: HeaderExtension): e is Extract<HeaderExtension, { kind: K }> =>
    e.kind === kind;
  return cluster.extensions.find(isKind);
}

/**
 * How many bytes {@link parseHeaderCluster} wants, from the first 24 bytes of an image: its cluster size, or 72 when that is no
 * cluster size at all (parsing then says so).
 */
export function headerClusterBytes(head: Uint8Array): number {
  if (head.length < 24) return 72;
  const clusterBits = new DataView(head.buffer, head.byteOffset, 24).getUint32(20);
  return clusterBits >= 9 && clusterBits <= 21 ? 2 ** clusterBits : 72;
}

/**
 * Parses and validates the first cluster.
 *
 * @param bytes the first cluster, or all of a file that ends in it; see {@link headerClusterBytes}
 * @throws ImageError as `parseHeader`; `corrupt` or `limit` for extensions and the backing file name
 * @throws RangeError when `bytes` are fewer than cluster and file have
 */
export function parseHeaderCluster(bytes: Uint8Array, rules: HeaderRules = {}): HeaderCluster {
  const header = parseHeader(bytes, rules);
  const clusterSize = 2 ** header.clusterBits;
  const wanted = Math.min(clusterSize, rules.fileSize ?? clusterSize);
  if (bytes.length < wanted) {
    throw new RangeError(`the first ${wanted} bytes of the image are needed, not ${bytes.length}`);
  }
  const { backingFileOffset, backingFileSize } = header;
  const from = headerLengthOf(header);
  const end = backingFileOffset === 0 ? clusterSize : backingFileOffset;
  const limits = withDefaultLimits(rules.limits);
  let at = from;
  const extensions = parseExtensionList(bytes, from, end).map((raw) => {
    const decoded = decodeExtension(raw, limits, at + 8);
    at += 8 + Math.ceil(raw.data.length / 8) * 8;
    return decoded;
  });
  let backingFile: string | undefined;
  if (backingFileSize > 0) {
    const cursor = new Cursor(bytes, 'backing file name', 0, backingFileOffset);
    backingFile = cursor.text(backingFileSize, 'backing file name');
  }
  const cluster = { header, extensions, backingFile };
  validateExtensions(cluster, rules);
  return cluster;
}

/** What header and extensions must agree on. */
function validateExtensions(cluster: HeaderCluster, rules: HeaderRules): void {
  const { header } = cluster;
  const clusterSize = 2 ** header.clusterBits;
  const luks = extensionOf(cluster, 'luks');
  if ((luks !== undefined) !== (header.cryptMethod === 2)) {
    corrupt('LUKS encryption and the extension that places its header come together', {
      offset: 32,
      subject: 'crypt_method',
      found: header.cryptMethod,
    });
  }
  if (luks !== undefined) validateLuksExtension(luks, clusterSize, rules);
  const hasDataFile = (featuresOf(header, 'incompatible') & INCOMPATIBLE_DATA_FILE) !== 0n;
  const dataFile = extensionOf(cluster, 'data-file');
  if (dataFile !== undefined && !hasDataFile) {
    corrupt('A data file is named, and the feature bit for it is not set', {
      offset: 72,
      subject: 'incompatible_features',
      found: JSON.stringify(dataFile.name),
    });
  }
  const bitmaps = extensionOf(cluster, 'bitmaps');
  // Without the bit a program that knows no bitmaps wrote to the image: the extension is stale, and no error.
  if (bitmaps !== undefined && (featuresOf(header, 'autoclear') & AUTOCLEAR_BITMAPS) !== 0n) {
    validateBitmapsExtension(bitmaps, clusterSize, withDefaultLimits(rules.limits));
  }
}

/**
 * The bytes of the first cluster, all of it: header, extensions, end marker, backing file name, zeros.
 *
 * @throws ImageError `no-space` when they do not fit, and whatever {@link parseHeaderCluster} would refuse
 */
export function serializeHeaderCluster(
  cluster: HeaderCluster,
  rules: HeaderRules = {},
): Uint8Array {
  const clusterSize = 2 ** cluster.header.clusterBits;
  const name = new TextEncoder().encode(cluster.backingFile ?? '');
  const limits = withDefaultLimits(rules.limits);
  checkLimit(name.length, limits.backingNameBytes, 'The backing file name', 'backingNameBytes', 16);
  const list = cluster.extensions.map(encodeExtension);
  checkTypes(list);
  const nameAt = headerLengthOf(cluster.header) + extensionListBytes(list);
  const needed = nameAt + name.length;
  if (needed > clusterSize) {
    throw new ImageError(
      'no-space',
      `Header, extensions and backing file name need ${needed} bytes, a cluster has ${clusterSize}: use larger clusters or a shorter name.`,
      { offset: 0, expected: clusterSize, found: needed, subject: 'header cluster' },
    );
  }
  const header: Header = {
    ...cluster.header,
    backingFileOffset: name.length === 0 ? 0 : nameAt,
    backingFileSize: name.length,
  };
  validateExtensions({ ...cluster, header }, rules);
  const head = serializeHeader(header, rules);
  const out = new Writer(new Uint8Array(clusterSize));
  out.put(head);
  writeExtensionList(out, list);
  out.put(name);
  return out.bytes;
}

function checkTypes(list: readonly RawExtension[]): void {
  const types = new Set(list.map(({ type }) => type));
  if (types.size < list.length || types.has(0)) {
    throw new RangeError('each header extension has another type, and none has type 0');
  }
}
