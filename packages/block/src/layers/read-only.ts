import type { BlockDevice } from '../device.ts';
import { ImageError } from '../errors.ts';
import { DeviceLayer } from './device-layer.ts';

class ReadOnlyLayer extends DeviceLayer {
  override get readOnly(): boolean {
    return true;
  }

  override get growable(): boolean {
    return false;
  }

  override write(_from: Uint8Array, offset: number): never {
    throw refusal(offset);
  }

  override writev(_parts: readonly Uint8Array[], offset: number): never {
    throw refusal(offset);
  }

  override writeZeroes(offset: number): never {
    throw refusal(offset);
  }

  override discard(offset: number): never {
    throw refusal(offset);
  }

  override resize(size: number): never {
    throw refusal(size);
  }
}

function refusal(offset: number): ImageError {
  return new ImageError('read-only', 'the device is open for reading only', { offset });
}

/** `device` without its writes: each fails with the code `read-only`. */
export function readOnly(device: BlockDevice): BlockDevice {
  return new ReadOnlyLayer(device);
}
