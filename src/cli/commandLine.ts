/**
 * Reads a command's arguments against a table of its options, and makes the help text from the same table. Exit codes and output are the
 * commands' own business.
 */
import { parseArgs } from 'node:util';
import { UsageError } from './io.ts';

export interface OptionSpec {
  readonly name: string;
  /** Absent: a flag. Present: what the value is, for the help text (`DIR`). */
  readonly value?: string;
  readonly short?: string;
  readonly multiple?: boolean;
  readonly help: string;
  /** Closed set of values. */
  readonly choices?: readonly string[];
}

export interface CommandSpec {
  readonly name: string;
  readonly usage: string;
  readonly summary: string;
  readonly options: readonly OptionSpec[];
  /** Least and most operands; -1: any number. */
  readonly operands: readonly [number, number];
}

export interface ParsedArguments {
  readonly operands: readonly string[];
  flag(name: string): boolean;
  value(name: string): string | null;
  values(name: string): readonly string[];
  /** A whole number at or above `least`, or null when absent. */
  number(name: string, least: number): number | null;
}

/** Parses, or throws a `UsageError` whose message says what is wrong and how to get help. */
export function parseCommandLine(spec: CommandSpec, args: readonly string[]): ParsedArguments {
  const hint = `see \`interlock ${spec.name} --help\``;
  const options: Record<string, { type: 'string' | 'boolean'; short?: string; multiple?: boolean }> = {};
  for (const option of spec.options) {
    options[option.name] = {
      type: option.value === undefined ? 'boolean' : 'string',
      ...(option.short === undefined ? {} : { short: option.short }),
      ...(option.multiple ? { multiple: true } : {}),
    };
  }
  let parsed: ReturnType<typeof parseArgs>;
  try {
    parsed = parseArgs({ args: [...args], options, allowPositionals: true, strict: true });
  } catch (error) {
    const text = error instanceof Error ? error.message.split(/\. To specify|\n/)[0] : String(error);
    throw new UsageError(`interlock ${spec.name}: ${text}; ${hint}`);
  }
  const [least, most] = spec.operands;
  if (parsed.positionals.length < least)
    throw new UsageError(`interlock ${spec.name}: a file is missing; usage: ${spec.usage}`);
  if (most >= 0 && parsed.positionals.length > most)
    throw new UsageError(`interlock ${spec.name}: too many operands; usage: ${spec.usage}`);
  const values = (name: string): string[] => {
    const found = parsed.values[name];
    if (typeof found === 'string') return [found];
    return Array.isArray(found) ? found.filter((value) => typeof value === 'string') : [];
  };
  for (const option of spec.options) {
    for (const value of values(option.name)) {
      if (option.choices && !option.choices.includes(value)) {
        throw new UsageError(
          `interlock ${spec.name}: --${option.name} takes one of ${option.choices.join(', ')}, not '${value}'`,
        );
      }
    }
  }
  return {
    operands: parsed.positionals,
    flag: (name) => parsed.values[name] === true,
    value: (name) => values(name).at(-1) ?? null,
    values,
    number: (name, minimum) => {
      const text = values(name).at(-1);
      if (text === undefined) return null;
      const number = Number(text);
      if (!/^\d+$/.test(text) || !Number.isSafeInteger(number) || number < minimum) {
        throw new UsageError(`interlock ${spec.name}: --${name} takes a whole number from ${minimum}, not '${text}'`);
      }
      return number;
    },
  };
}

/** Help text of one command. */
export function commandHelp(spec: CommandSpec): string {
  const rows = spec.options.map((option) => {
    const short = option.short === undefined ? '    ' : `-${option.short}, `;
    const value = option.value === undefined ? '' : ` ${option.choices?.join('|') ?? option.value}`;
    return [`  ${short}--${option.name}${value}`, option.help] as const;
  });
  const width = Math.min(44, Math.max(0, ...rows.map(([left]) => left.length)) + 2);
  const lines = rows.map(([left, help]) =>
    left.length + 2 > width ? `${left}\n${' '.repeat(width)}${help}` : left.padEnd(width) + help,
  );
  return `${spec.summary}\n\nusage: ${spec.usage}\n${lines.length > 0 ? `\n${lines.join('\n')}\n` : ''}`;
}
