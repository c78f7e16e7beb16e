import { describe, expect, it } from 'vitest';
import { expectMalformed, parsed } from './parsed.ts';

const text = `bdrv_co_preadv_part bs 0x10 offset 0 bytes 112 flags 0x0
12@1700000000.000001:virtio_blk_handle_read vdev 0xaa req 0xb0 sector 8 nsectors 16
12@1700000000.000002:blk_co_preadv blk 0xf00 bs 0x10 offset 4096 bytes 8192 flags 0x8
12@1700000000.000003:bdrv_co_preadv bs 0x10 offset 4096 nbytes 8192 flags 0x8
qemu-io> blk_co_pwritev blk 0xf01 bs 0x20 offset 0 bytes 512 flags 0x10
blk_co_pwritev blk 0xf00 bs 0x10 offset 65536 bytes 65536 flags 0x12
bdrv_co_pwrite_zeroes bs 0x10 offset 65536 count 65536 flags 0x12
bdrv_co_pwritev_part bs 0x10 offset 65536 bytes 65536 flags 0x12
12@1700000000.000004:virtio_blk_handle_write vdev 0xaa req 0xb8 sector 0 nsectors 1
nbd_receive_request Got request: { magic = 0x25609513, .flags = 0x0, .type = 0x0, from = 512, len = 1024 }
nbd_receive_request Got request: { magic = 0x25609513, .flags = 0x0, .type = 0x3, from = 0, len = 0 }
nbd_receive_request Got request: { magic = 0x25609513, .flags = 0x1, .type = 0x4, from = 0, len = 4096 }
nbd_receive_request Got request: { magic = 0x25609513, .flags = 0x0, .type = 0x6, from = 8, len = 1 }
qcow2_cache_get co 0x1 is_l2_cache 1 offset 0x40000 read_from_disk 1
the guest said hello
`;

describe('qemu', () => {
  it("takes the guest's requests, and says which other layers have events", () => {
    expect(parsed('qemu', text)).toEqual({
      rows: [
        [0, 0, 4096, 8192],
        [1, 1, 0, 512],
        [3, 0, 65536, 65536],
      ],
      deviceNames: ['0xf00', '0xf01'],
      ignored: {
        'event of layer virtio': 2,
        'event of layer bdrv': 3,
        'event of layer nbd': 4,
        'other event or output': 3,
      },
    });
  });

  it('takes another layer when asked', () => {
    expect(parsed('qemu', text, { layer: 'virtio' }).rows).toEqual([
      [0, 0, 4096, 8192],
      [1, 0, 0, 512],
    ]);
    expect(parsed('qemu', text, { layer: 'bdrv' }).rows).toEqual([
      [0, 0, 0, 112],
      [0, 0, 4096, 8192],
      [3, 0, 65536, 65536],
    ]);
    const nbd = parsed('qemu', text, { layer: 'nbd' });
    expect(nbd.rows).toEqual([
      [0, 0, 512, 1024],
      [2, 0, 0, 4096],
      [3, 0, 8, 1],
    ]);
    expect(nbd.ignored['nbd request of type 3']).toBe(1);
    expect(() => parsed('qemu', text, { layer: 'toString' })).toThrow(RangeError);
  });

  it('takes one device of a layer when asked', () => {
    expect(parsed('qemu', text, { device: '0xf01' }).rows).toEqual([[1, 1, 0, 512]]);
  });

  it('does not take a line that was cut for a smaller request', () => {
    const line = 'blk_co_preadv blk 0xf00 bs 0x10 offset 4096 bytes 819';
    expectMalformed('qemu', `${text}${line}`, 16, '"flags" is missing at column 54');
  });

  it('names the line of other faults', () => {
    const wrong: readonly (readonly [string, string])[] = [
      ['blk_co_preadv blk 0xf00 bs 0x10 offset 0x1000 bytes 1 flags 0x0', '"nbytes" is missing'],
      ['blk_co_preadv blk f00 bs 0x10 offset 0 bytes 1 flags 0x0', 'pointer is not'],
      ['blk_co_preadv bs 0x10 offset 0 bytes 1 flags 0x0', '"blk" is missing'],
      ['blk_co_preadv blk 0xf00 bs 0x10 offset 0 bytes 1 flags 0x0 x', 'more than was expected'],
      ['blk_co_preadv blk 0xf00 bs 0x10 offset -1 bytes 1 flags 0x0', 'offset is not a number'],
    ];
    for (const [line, reason] of wrong) expectMalformed('qemu', `${text}${line}\n`, 16, reason);
  });
});
