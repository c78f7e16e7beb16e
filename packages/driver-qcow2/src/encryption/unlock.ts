import type { BlockDevice } from '@q/block';
import { legacyKey, sectorCipher } from '@q/crypt';
import { extensionOf, type FormatLimits, type HeaderCluster } from '@q/format';
import { Encryption } from './encryption.ts';
import { luksCipherOf } from './luks-cipher.ts';
import { askPassphrase, type PassphraseSource } from './passphrase.ts';
import { readLuksHeader, unlockLuks } from './unlock-luks.ts';

/**
 * Gets the cipher of an image whose header this is, asking for the passphrase; undefined for one that is not encrypted.
 *
 * With legacy AES a wrong passphrase cannot be told: what is read with it is noise.
 *
 * @throws ImageError `refused` without a passphrase, or with a wrong one; `unsupported`, `corrupt`, `limit` for a LUKS header
 */
export async function unlock(
  file: BlockDevice,
  cluster: HeaderCluster,
  passphrase: PassphraseSource | undefined,
  limits: Partial<FormatLimits>,
): Promise<Encryption | undefined> {
  if (cluster.header.cryptMethod === 0) return undefined;
  const luks = extensionOf(cluster, 'luks');
  if (luks === undefined) {
    const key = legacyKey(await askPassphrase(passphrase, 'aes'));
    return new Encryption('aes', await sectorCipher({ mode: 'cbc', iv: 'plain64' }, key));
  }
  const header = await readLuksHeader(file, luks, limits);
  // Nobody is asked for a passphrase that cannot be used.
  luksCipherOf(header);
  return await unlockLuks(file, luks.offset, header, await askPassphrase(passphrase, 'luks'));
}
