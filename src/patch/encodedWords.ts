/**
 * RFC 2047 encoded words (`=?utf-8?q?Thomas_Hellstr=C3=B6m?=`) in header values, and bytes to text by charset name.
 */

const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const BASE64_VALUE = new Int8Array(128).fill(-1);
for (let i = 0; i < BASE64.length; i++) BASE64_VALUE[BASE64.charCodeAt(i)] = i;

/** Value of a base64 character; -1 for anything else (`=`, blanks, line ends). */
export function base64Value(code: number): number {
  return code < 128 ? (BASE64_VALUE[code] ?? -1) : -1;
}

/** Value of a hexadecimal digit; -1 for anything else. */
export function hexValue(code: number): number {
  if (code >= 48 && code <= 57) return code - 48;
  if (code >= 65 && code <= 70) return code - 55;
  if (code >= 97 && code <= 102) return code - 87;
  return -1;
}

/** Text of bytes in a charset; unknown charsets and bad bytes give replacement characters, never an exception. */
export function decodeBytes(bytes: Uint8Array, charset: string): string {
  const decoder = decoderFor(charset) ?? new TextDecoder('utf-8');
  return decoder.decode(bytes);
}

/** False for a charset nobody here can decode. */
export function knowsCharset(charset: string): boolean {
  return decoderFor(charset) !== null;
}

function decoderFor(charset: string): InstanceType<typeof TextDecoder> | null {
  try {
    return new TextDecoder(charset.trim().toLowerCase() || 'utf-8');
  } catch {
    return null;
  }
}

/** A header value with its encoded words decoded and its folded lines joined. */
export function decodeHeader(value: string): string {
  const unfolded = value.replace(/[ \t]*\r?\n[ \t]*/g, ' ').trim();
  if (!unfolded.includes('=?')) return unfolded;
  return unfolded
    .replace(/(\?=)[ \t]+(?==\?[^?\s]+\?[bq]\?)/gi, '$1')
    .replace(/=\?([^?\s]{1,40})\?([bq])\?([^?]*)\?=/gi, (_whole, charset: string, kind: string, text: string) =>
      decodeBytes(kind.toLowerCase() === 'b' ? base64Bytes(text) : wordBytes(text), charset.split('*')[0] ?? 'utf-8'),
    );
}

function base64Bytes(text: string): Uint8Array {
  const bytes: number[] = [];
  let bits = 0;
  let held = 0;
  for (let i = 0; i < text.length; i++) {
    const value = base64Value(text.charCodeAt(i));
    if (value < 0) continue;
    bits = ((bits << 6) | value) & 0xffffff;
    held += 6;
    if (held >= 8) {
      held -= 8;
      bytes.push((bits >> held) & 0xff);
    }
  }
  return Uint8Array.from(bytes);
}

function wordBytes(text: string): Uint8Array {
  const bytes: number[] = [];
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    const high = code === 61 ? hexValue(text.charCodeAt(i + 1)) : -1;
    const low = high < 0 ? -1 : hexValue(text.charCodeAt(i + 2));
    if (low >= 0) {
      bytes.push(high * 16 + low);
      i += 2;
    } else bytes.push(code === 95 ? 32 : code & 0xff);
  }
  return Uint8Array.from(bytes);
}
