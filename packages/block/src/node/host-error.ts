import { ImageError, type ImageErrorCode } from '../errors.ts';

const codes: Readonly<Record<string, ImageErrorCode>> = {
  ENOSPC: 'no-space',
  EDQUOT: 'no-space',
  EFBIG: 'no-space',
  EROFS: 'read-only',
  EACCES: 'read-only',
  EPERM: 'read-only',
  EBUSY: 'locked',
  ETXTBSY: 'locked',
  EEXIST: 'refused',
};

const advice: Readonly<Partial<Record<ImageErrorCode, string>>> = {
  'no-space': 'free space on the host, or raise its quota or file size limit',
  'read-only': 'open it with { readOnly: true }, or change its permissions',
  locked: 'close the other program that uses it',
  refused: 'choose another name, or leave out { exclusive: true }',
};

/** The {@link ImageError} for what the host said while `doing` (such as "reading 512 bytes of /a/b") was under way. */
export function hostError(
  error: unknown,
  doing: string,
  details: { offset?: number; subject: string; readOnly: boolean },
): ImageError {
  const host =
    error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
  let code = codes[host] ?? 'io';
  if (code === 'read-only' && details.readOnly) code = 'io';
  const hint = advice[code];
  const said = error instanceof Error ? error.message : String(error);
  return new ImageError(code, `${doing}: ${said}${hint === undefined ? '' : `; ${hint}`}`, {
    offset: details.offset,
    subject: details.subject,
    found: host,
    cause: error,
  });
}
