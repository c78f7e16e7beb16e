import { DeviceLayer, Gather, readPadded, type BlockDevice, type MaybePromise } from '@q/block';

/** What the device needs to know of the image. */
export interface L2Places {
  /** Host offset of the L2 table of each L1 entry, 0 = none. May be replaced, by one of another length too. */
  readonly l1: { readonly tables: Float64Array };
  /** Bytes of an L2 table. */
  readonly l2Bytes: number;
}

/**
 * The L2 tables of an image behind each other: table *i*, that of L1 entry *i*, at byte *i* x table size.
 *
 * In the file a table may begin at any multiple of the cluster size (QEMU: 32 KiB tables at multiples of 512), or anywhere. Here it has one number, which is
 * its key in the cache: small, dense, and the same for every layout.
 */
export class L2Device extends DeviceLayer {
  private readonly places: L2Places;

  constructor(file: BlockDevice, places: L2Places) {
    super(file);
    this.places = places;
  }

  override get size(): number {
    return this.places.l1.tables.length * this.places.l2Bytes;
  }

  override read(into: Uint8Array, offset: number): MaybePromise<void> {
    return this.each(into, offset, (part, host) => {
      if (host > 0) return readPadded(this.inner, part, host);
      part.fill(0);
    });
  }

  override write(from: Uint8Array, offset: number): MaybePromise<void> {
    return this.each(from, offset, (part, host) => {
      if (host > 0) return this.inner.write(part, host);
      throw new RangeError('an L2 table without a place cannot be written');
    });
  }

  /** Whole tables only, which is all that a cache asks for. */
  private each(
    bytes: Uint8Array,
    offset: number,
    request: (part: Uint8Array, host: number) => MaybePromise<void>,
  ): MaybePromise<void> {
    const { l1, l2Bytes } = this.places;
    const first = offset / l2Bytes;
    if (bytes.length === l2Bytes) return request(bytes, l1.tables[first]!);
    const gather = new Gather();
    for (let at = 0; at < bytes.length; at += l2Bytes) {
      try {
        gather.add(request(bytes.subarray(at, at + l2Bytes), l1.tables[first + at / l2Bytes]!));
      } catch (error) {
        gather.fail(error);
      }
    }
    return gather.done();
  }
}
