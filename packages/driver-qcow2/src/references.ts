import { ImageError, type BlockDevice, type MaybePromise } from '@q/block';

/** What an image names outside of itself. The text comes from the image: do not trust it. */
export interface ImageReference {
  /** `backing`: what lies below. `data`: the external data file. */
  readonly role: 'backing' | 'data';
  /** The name as the image has it. */
  readonly name: string;
  /** The format the image declares for a backing file; a backing file without one must not be probed. */
  readonly format: string | undefined;
}

/**
 * Opens what an image names, or refuses. Nothing is opened unless the caller gives a gate that does. The image closes what its gates opened.
 */
export type Gate = (reference: ImageReference) => MaybePromise<BlockDevice>;

/**
 * The default gate: refuses every reference.
 * @throws ImageError `refused`, with the reference's name as `subject`
 */
export function refuse(reference: ImageReference): never {
  const { role, name } = reference;
  const what = role === 'backing' ? 'a backing file' : 'an external data file';
  const option = role === 'backing' ? 'backing' : 'dataFile';
  throw new ImageError(
    'refused',
    `The image names ${what}, ${JSON.stringify(name)}, and nothing outside of an image is opened by itself. ` +
      `If the image is trusted, open that file and hand it over by the option '${option}'.`,
    { subject: name },
  );
}
