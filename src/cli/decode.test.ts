import { expect, test } from 'vitest';
import { textOf } from './decode.ts';

const latin1 = (text: string): Uint8Array => Uint8Array.from(text, (character) => character.charCodeAt(0));
const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

test.each([
  ['UTF-8', utf8('Ünë\n+\tx\n'), 'Ünë\n+\tx\n'],
  ['a byte order mark', utf8('\ufeff+x\n'), '+x\n'],
  ['no-break spaces of ISO-8859-1', latin1('> +\u00a0\u00a0\u00a0return;\n'), '> +\u00a0\u00a0\u00a0return;\n'],
  ['lines of both', Uint8Array.from([...utf8('Ünë\n'), ...latin1('Ünë\n')]), 'Ünë\nÜnë\n'],
  ['nothing', new Uint8Array(), ''],
])('%s', (_, bytes, text) => {
  expect(textOf(bytes)).toBe(text);
});
