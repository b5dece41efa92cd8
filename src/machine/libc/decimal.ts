/** Exact decimal digits of a double, rounded half to even on the exact value, as C libraries print them. */

/** A finite non-negative double as mantissa × 2^exponent. */
function split(value: number): { mantissa: bigint; exponent: number } {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  const bits = view.getBigUint64(0);
  const raw = Number((bits >> 52n) & 0x7ffn);
  const fraction = bits & 0xfffffffffffffn;
  return raw === 0
    ? { mantissa: fraction, exponent: -1074 }
    : { mantissa: fraction | (1n << 52n), exponent: raw - 1075 };
}

/** value × 10^places, rounded to an integer. */
function scaled(value: number, places: number): bigint {
  const { mantissa, exponent } = split(value);
  let numerator = mantissa;
  let denominator = 1n;
  if (places >= 0) numerator *= 10n ** BigInt(places);
  else denominator *= 10n ** BigInt(-places);
  if (exponent >= 0) numerator <<= BigInt(exponent);
  else denominator <<= BigInt(-exponent);
  const quotient = numerator / denominator;
  const twice = 2n * (numerator % denominator);
  if (twice > denominator || (twice === denominator && (quotient & 1n) === 1n)) return quotient + 1n;
  return quotient;
}

/** More digits than a double can have are zeros. */
const MOST_PLACES = 1100;

export function exactFixed(value: number, precision: number, point: boolean): string {
  const places = Math.min(precision, MOST_PLACES);
  const digits =
    scaled(value, places)
      .toString()
      .padStart(places + 1, '0') + '0'.repeat(precision - places);
  const whole = digits.slice(0, digits.length - precision);
  if (precision === 0) return point ? `${whole}.` : whole;
  return `${whole}.${digits.slice(digits.length - precision)}`;
}

export function exactScientific(value: number, precision: number, point: boolean): string {
  const places = Math.min(precision, MOST_PLACES);
  let exponent = 0;
  let digits = '0'.repeat(places + 1);
  if (value !== 0) {
    exponent = Math.floor(Math.log10(value));
    // The logarithm may be off by one, and rounding may carry.
    for (const guess of [exponent - 1, exponent, exponent + 1]) {
      const text = scaled(value, places - guess).toString();
      if (text.length === places + 1) {
        exponent = guess;
        digits = text;
        break;
      }
    }
  }
  digits += '0'.repeat(precision - places);
  const mantissa = precision > 0 ? `${digits[0]}.${digits.slice(1)}` : `${digits[0]}${point ? '.' : ''}`;
  const size = Math.abs(exponent).toString().padStart(2, '0');
  return `${mantissa}e${exponent < 0 ? '-' : '+'}${size}`;
}

/** %a: 0x1.8p+1 */
export function hexadecimalFloat(value: number, precision: number | null): string {
  if (value === 0) return `0x0${precision ? `.${'0'.repeat(precision)}` : ''}p+0`;
  let { mantissa, exponent } = split(value);
  exponent += 52;
  // Subnormal numbers are printed as 0x0.…p-1022.
  if (precision !== null && precision < 13) {
    const drop = BigInt(4 * (13 - precision));
    const half = 1n << (drop - 1n);
    const rest = mantissa & ((1n << drop) - 1n);
    mantissa >>= drop;
    if (rest > half || (rest === half && (mantissa & 1n) === 1n)) mantissa++;
    mantissa <<= drop;
  }
  const whole = mantissa >> 52n;
  let fraction = (mantissa & 0xfffffffffffffn).toString(16).padStart(13, '0');
  fraction = precision === null ? fraction.replace(/0+$/, '') : fraction.slice(0, precision).padEnd(precision, '0');
  return `0x${whole}${fraction === '' ? '' : `.${fraction}`}p${exponent < 0 ? '-' : '+'}${Math.abs(exponent)}`;
}
