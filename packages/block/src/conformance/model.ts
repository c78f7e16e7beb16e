import type { BlockDevice } from '../device.ts';
import { Prng } from '../prng.ts';
import { sameBytes } from './expect.ts';
import type { DeviceTraits } from './traits.ts';

/** What a device should hold, as a plain array. */
class Model {
  bytes: Uint8Array;

  constructor(size: number) {
    this.bytes = new Uint8Array(size);
  }

  resize(size: number): void {
    const bytes = new Uint8Array(size);
    bytes.set(this.bytes.subarray(0, size));
    this.bytes = bytes;
  }

  put(from: Uint8Array, offset: number): void {
    if (from.length > 0 && offset + from.length > this.bytes.length) {
      this.resize(offset + from.length);
    }
    this.bytes.set(from, offset);
  }
}

/** Random requests, one after the other, to `device` (of `size` zeroes) and to a plain array: reads and sizes must agree all the way. */
export async function againstModel(
  device: BlockDevice,
  traits: DeviceTraits,
  seed: number,
  size: number,
): Promise<void> {
  const random = new Prng(seed);
  const model = new Model(size);
  const verbs = ['read', 'write', 'writev', 'writeZeroes', 'discard', 'flush', 'read'];
  if (traits.resizable) verbs.push('resize');
  for (let step = 0; step < 120; step++) {
    const verb = random.pick(verbs);
    const now = model.bytes.length;
    const grows = traits.growable && verb.startsWith('write') && random.chance(0.2);
    const offset = random.below(now + 1);
    const room = grows ? 9000 : now - offset;
    const length = random.below(Math.min(room, random.pick([3, 600, 70_000])) + 1);
    const doing = `step ${step} of seed ${seed}, ${verb} of ${length} at ${offset}`;
    if (verb === 'read') {
      const into = new Uint8Array(length).fill(0xee);
      await device.read(into, offset);
      sameBytes(into, model.bytes.subarray(offset, offset + length), doing);
    } else if (verb === 'write') {
      const from = random.fill(new Uint8Array(length));
      await device.write(from, offset);
      model.put(from, offset);
    } else if (verb === 'writev') {
      const from = random.fill(new Uint8Array(length));
      const cut = random.below(length + 1);
      await device.writev?.([from.subarray(0, cut), from.subarray(cut)], offset);
      if (device.writev !== undefined) model.put(from, offset);
    } else if (verb === 'writeZeroes') {
      await device.writeZeroes(offset, length, { unmap: random.chance(0.5) });
      model.put(new Uint8Array(length), offset);
    } else if (verb === 'discard') {
      await device.discard(offset, length);
      // What it reads as is the device's business: take what it says.
      const into = new Uint8Array(length);
      await device.read(into, offset);
      model.put(into, offset);
    } else if (verb === 'flush') await device.flush();
    else {
      const resized = random.below(size * 2);
      await device.resize(resized);
      model.resize(resized);
    }
    if (device.size !== model.bytes.length) {
      throw new Error(`${doing}: the size is ${device.size} instead of ${model.bytes.length}`);
    }
  }
  const all = new Uint8Array(device.size);
  await device.read(all, 0);
  sameBytes(all, model.bytes, `after all steps of seed ${seed}`);
}
