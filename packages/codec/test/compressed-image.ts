// As much of QCOW2 as it takes to get at compressed clusters: a small image, whose L1 table has one entry.

/** A compressed cluster of an image: which one, the offset of its L2 entry, and the bytes its descriptor names. */
export interface CompressedCluster {
  readonly index: number;
  readonly entryOffset: number;
  readonly stream: Uint8Array;
}

const OFFSET_MASK = 0x00fffffffffffe00n;

/** All compressed clusters of `image`. */
export function compressedClusters(image: Buffer): CompressedCluster[] {
  const clusterBits = image.readUInt32BE(20);
  const l1 = Number(image.readBigUInt64BE(40));
  const l2 = Number(image.readBigUInt64BE(l1) & OFFSET_MASK);
  const offsetBits = BigInt(62 - (clusterBits - 8));
  const found: CompressedCluster[] = [];
  for (let index = 0; index < 2 ** (clusterBits - 3); index++) {
    const entryOffset = l2 + index * 8;
    const entry = image.readBigUInt64BE(entryOffset);
    if (((entry >> 62n) & 1n) === 0n) continue;
    const offset = Number(entry & ((1n << offsetBits) - 1n));
    const sectors = Number((entry & ((1n << 62n) - 1n)) >> offsetBits) + 1;
    const end = offset - (offset % 512) + sectors * 512;
    found.push({ index, entryOffset, stream: image.subarray(offset, end) });
  }
  return found;
}

/** `image` with these streams for its compressed clusters, behind its end. Their refcounts are left to whoever checks. */
export function withStreams(
  image: Buffer,
  streams: ReadonlyMap<CompressedCluster, Uint8Array>,
): Buffer {
  const clusterBits = image.readUInt32BE(20);
  const offsetBits = BigInt(62 - (clusterBits - 8));
  const patched = Buffer.from(image);
  const parts: Uint8Array[] = [patched];
  let end = image.length;
  for (const [{ entryOffset }, stream] of streams) {
    const more = Math.floor((end + stream.length - 1) / 512) - Math.floor(end / 512);
    const entry = (1n << 62n) | (BigInt(more) << offsetBits) | BigInt(end);
    patched.writeBigUInt64BE(entry, entryOffset);
    parts.push(stream);
    end += stream.length;
  }
  return Buffer.concat(parts);
}
