/** Printing into the log, into buffers and into seq files; reading numbers from text. */
import type { IntType } from '../../c/types.ts';
import type { ModelCall, ModelResult, Scalar } from '../../machine/model.ts';
import { argument, effects, model, numeric, PURE, S32, S64, settled, U8, U32, U64 } from '../modelling.ts';
import type { DocumentedModel } from '../subsystem.ts';
import { errno } from './errno.ts';
import { formatted, variadicFrom } from './format.ts';

const LEVEL = String.fromCharCode(1);

/** Without the level marker and the line end. */
function logText(text: string): string {
  return (text.startsWith(LEVEL) ? text.slice(2) : text).replace(/\n$/, '');
}

function print(call: ModelCall, format: number): undefined {
  const text = formatted(call, format, variadicFrom(call, format + 1));
  if (text !== null) call.machine.emit({ kind: 'print', text: logText(text) });
}

function deviceName(call: ModelCall, index: number): string {
  const { machine } = call;
  const device = argument(call, index);
  if (numeric(call, index) === 0) return '(NULL device *)';
  if (machine.program.type('struct device') === null || settled(machine, device) === null) return 'device';
  const given = machine.readField(device, 'struct device', 'init_name');
  return settled(machine, given) === null || settled(machine, given) === 0
    ? 'device'
    : (machine.readString(given) ?? 'device');
}

/** Writes text and its end into a buffer of `size` bytes; the result is what `snprintf` gives. */
function intoBuffer(call: ModelCall, to: Scalar, size: number, text: string | null, cut: boolean): ModelResult {
  const { machine } = call;
  const address = settled(machine, to);
  if (text === null) return machine.unknown(S32, `length printed by ${call.name}()`);
  const bytes = new TextEncoder().encode(text);
  const kept = Math.max(0, Math.min(bytes.length, size - 1));
  if (address !== null && address !== 0 && size > 0) {
    for (let i = 0; i < kept; i++) machine.write(address + i, U8, bytes[i] ?? 0);
    machine.write(address + kept, U8, 0);
  }
  return cut ? kept : bytes.length;
}

/** `kstrto*`: 0 and the number, or -EINVAL / -ERANGE. */
function parse(name: string, type: IntType): DocumentedModel {
  return model(name, effects({ fails: '-EINVAL, -ERANGE' }), `lib/kstrtox.c:${name}`, (call) => {
    const { machine } = call;
    const text = machine.readString(argument(call, 0));
    if (text === null) {
      if (machine.choose('branch', `\`${name}()\` parses its text`, ['yes', 'no'], call.at) === 1)
        return -errno('EINVAL');
      machine.write(argument(call, 2), type, machine.unknown(type, `number read by ${name}()`));
      return 0;
    }
    const match = /^([-+]?)(0x[0-9a-f]+|[0-9]+)\n?$/i.exec(text);
    if (match === null || (match[1] === '-' && !type.signed)) return -errno('EINVAL');
    const digits = match[2] ?? '0';
    const base = numeric(call, 1) ?? 0;
    const octal = base === 8 || (base === 0 && /^0[0-7]+$/.test(digits));
    const magnitude = BigInt(
      octal ? `0o${digits.replace(/^0+(?=.)/, '')}` : base === 16 && !/^0x/i.test(digits) ? `0x${digits}` : digits,
    );
    const value = match[1] === '-' ? -magnitude : magnitude;
    const bits = type.size * 8;
    if ((type.signed ? BigInt.asIntN(bits, value) : BigInt.asUintN(bits, value)) !== value) return -errno('ERANGE');
    machine.write(argument(call, 2), type, value > -(2n ** 53n) && value < 2n ** 53n ? Number(value) : value);
    return 0;
  });
}

const NO_LIMIT = 2 ** 20;
const ACTS: readonly string[] = ['seq_puts', 'seq_putc', 'drm_puts', 'dump_stack', 'print_hex_dump'];

export const printingModels: readonly DocumentedModel[] = [
  model('_printk', PURE, 'kernel/printk/printk.c:_printk', (call) => {
    print(call, 0);
    return 0;
  }),
  model('vprintk', PURE, 'kernel/printk/printk.c:vprintk', () => 0),
  model('_dev_printk', PURE, 'drivers/base/core.c:_dev_printk', (call) => {
    const text = formatted(call, 2, variadicFrom(call, 3));
    if (text !== null) call.machine.emit({ kind: 'print', text: `${deviceName(call, 1)}: ${logText(text)}` });
  }),
  model('dev_err_probe', PURE, 'drivers/base/core.c:dev_err_probe', (call) => {
    const text = formatted(call, 2, variadicFrom(call, 3));
    if (text !== null) call.machine.emit({ kind: 'print', text: `${deviceName(call, 0)}: ${logText(text)}` });
    return argument(call, 1);
  }),
  model('__drm_printk', PURE, 'drivers/gpu/drm/drm_print.c:__drm_printk', (call) => {
    const text = formatted(call, 2, variadicFrom(call, 3));
    if (text !== null) call.machine.emit({ kind: 'print', text: `[drm] ${logText(text)}` });
  }),
  model('drm_printf', PURE, 'drivers/gpu/drm/drm_print.c:drm_printf', (call) => print(call, 1)),
  model('seq_printf', PURE, 'fs/seq_file.c:seq_printf', (call) => print(call, 1)),
  ...ACTS.map((name) => model(name, PURE, `printing function ${name}`, () => undefined)),
  model('printk_ratelimit', PURE, 'kernel/printk/printk.c:printk_ratelimit', () => 1),
  model('snprintf', PURE, 'lib/vsprintf.c:snprintf', (call) =>
    intoBuffer(call, argument(call, 0), numeric(call, 1) ?? NO_LIMIT, formatted(call, 2, variadicFrom(call, 3)), false),
  ),
  model('scnprintf', PURE, 'lib/vsprintf.c:scnprintf', (call) =>
    intoBuffer(call, argument(call, 0), numeric(call, 1) ?? NO_LIMIT, formatted(call, 2, variadicFrom(call, 3)), true),
  ),
  model('sprintf', PURE, 'lib/vsprintf.c:sprintf', (call) =>
    intoBuffer(call, argument(call, 0), NO_LIMIT, formatted(call, 1, variadicFrom(call, 2)), false),
  ),
  model('vsnprintf', PURE, 'lib/vsprintf.c:vsnprintf', (call) =>
    intoBuffer(
      call,
      argument(call, 0),
      numeric(call, 1) ?? NO_LIMIT,
      call.machine.readString(argument(call, 2)),
      false,
    ),
  ),
  model('sysfs_emit', PURE, 'fs/sysfs/file.c:sysfs_emit', (call) =>
    intoBuffer(call, argument(call, 0), 4096, formatted(call, 1, variadicFrom(call, 2)), true),
  ),
  model('sysfs_emit_at', PURE, 'fs/sysfs/file.c:sysfs_emit_at', (call) => {
    const at = numeric(call, 1) ?? 0;
    const to = numeric(call, 0);
    return intoBuffer(
      call,
      to === null ? argument(call, 0) : to + at,
      4096 - at,
      formatted(call, 2, variadicFrom(call, 3)),
      true,
    );
  }),
  parse('kstrtoint', S32),
  parse('kstrtouint', U32),
  parse('kstrtol', S64),
  parse('kstrtoul', U64),
  parse('kstrtoll', S64),
  parse('kstrtoull', U64),
  model('kstrtobool', effects({ fails: '-EINVAL' }), 'lib/kstrtox.c:kstrtobool', (call) => {
    const { machine } = call;
    const text = machine.readString(argument(call, 0))?.toLowerCase() ?? null;
    const yes =
      text === null
        ? machine.choose('branch', '`kstrtobool()` reads true', ['yes', 'no'], call.at) === 0
        : /^(?:y|t|1|on)/.test(text);
    if (text !== null && !yes && !/^(?:n|f|0|of)/.test(text)) return -errno('EINVAL');
    machine.write(argument(call, 1), { ...U8, bool: true, rank: 0, name: 'bool' }, yes ? 1 : 0);
    return 0;
  }),
];
