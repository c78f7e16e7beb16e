import { describe, expect, it } from 'vitest';
import { TraceColumns } from '../../src/traces/columns.ts';

const place = {
  fail(reason: string): never {
    throw new Error(reason);
  },
};

describe('TraceColumns', () => {
  it('grows to any number of requests, and is cut to exactly that', () => {
    const columns = new TraceColumns();
    const count = 100_003;
    for (let i = 0; i < count; i++) columns.push(i % 4, i % 300, i * 512, 1 + i, place);
    const { requests, ops, devices, offsets, lengths, deviceCount, span } = columns.finish();
    expect(requests).toBe(count);
    expect([ops.length, devices.length, offsets.length, lengths.length]).toEqual(
      Array<number>(4).fill(count),
    );
    expect(ops.buffer.byteLength).toBe(count);
    expect(deviceCount).toBe(300);
    expect(span).toBe((count - 1) * 512 + count);
    for (let i = 0; i < count; i += 997) {
      expect([ops[i], devices[i], offsets[i], lengths[i]]).toEqual([
        i % 4,
        i % 300,
        i * 512,
        1 + i,
      ]);
    }
  });

  it('checks the bounds of an address and of a device', () => {
    const columns = new TraceColumns();
    columns.push(0, 2 ** 21 - 1, 2 ** 53 - 2, 1, place);
    expect(() => columns.push(0, 0, 2 ** 53 - 1, 1, place)).toThrow('passes 2^53');
    expect(() => columns.push(0, 2 ** 21, 0, 1, place)).toThrow('2^21');
    expect(columns.finish()).toMatchObject({ requests: 1, deviceCount: 1, span: 2 ** 53 - 1 });
  });

  it('keeps one device by number, and counts the rest', () => {
    const columns = new TraceColumns({ device: '7' });
    for (let i = 0; i < 30; i++) columns.push(0, i % 10, i, 1, place);
    const { offsets, deviceCount, ignored } = columns.finish();
    expect([...offsets]).toEqual([7, 17, 27]);
    expect(deviceCount).toBe(1);
    expect(ignored).toEqual({ 'request of another device': 27 });
  });
});
