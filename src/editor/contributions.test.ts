/** The manifest and the code name the same things. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };
import { DEFAULT_SETTINGS } from '../server/settings.ts';

vi.mock('vscode', () => ({}));
const { COMMANDS, OUR_LANGUAGES, PANEL_TYPE } = await import('./contributions.ts');

const root = path.resolve(import.meta.dirname, '../..');
const { contributes } = manifest;

describe('the manifest', () => {
  test('lists the commands that are registered, under one category', () => {
    expect(contributes.commands.map(({ command }) => command).sort()).toEqual(Object.values(COMMANDS).sort());
    expect(new Set(contributes.commands.map(({ category }) => category))).toEqual(new Set(['Interlock']));
  });

  test('activates for our languages, our panel and nothing else', () => {
    expect(contributes.languages.map(({ id }) => id)).toEqual(OUR_LANGUAGES);
    expect(manifest.activationEvents).toEqual([
      ...OUR_LANGUAGES.map((language) => `onLanguage:${language}`),
      `onWebviewPanel:${PANEL_TYPE}`,
    ]);
  });

  test('has at most twelve settings, each with a default and one sentence', () => {
    const settings = Object.entries(contributes.configuration.properties);
    expect(settings.length).toBeLessThanOrEqual(12);
    for (const [name, setting] of settings) {
      expect(setting, name).toHaveProperty('default');
      expect(setting.markdownDescription, name).toMatch(/^[A-Z][^\n]*\.$/);
    }
  });

  test('has the defaults that the server has', () => {
    const properties: Readonly<Record<string, { readonly default: unknown }>> = contributes.configuration.properties;
    for (const [name, value] of Object.entries(DEFAULT_SETTINGS))
      expect(properties[`interlock.${name}`]?.default, name).toEqual(value);
  });

  test('names files that exist', () => {
    const files = [
      manifest.icon,
      ...contributes.grammars.map((grammar) => grammar.path),
      ...contributes.languages.map((language) => language.configuration),
    ];
    expect(files.filter((file) => !existsSync(path.join(root, file)))).toEqual([]);
  });

  test('works untrusted and virtual, and admits no newer VS Code than its types', () => {
    expect(manifest.capabilities.untrustedWorkspaces.supported).toBe(true);
    expect(manifest.capabilities.virtualWorkspaces).toBe(true);
    expect(manifest.engines.vscode).toBe(`^${manifest.devDependencies['@types/vscode']}`);
  });

  test('is packed by a list of what goes in', () => {
    const lines = readFileSync(path.join(root, '.vscodeignore'), 'utf8').split('\n');
    expect(lines.find((line) => line !== '' && !line.startsWith('#'))).toBe('**');
  });
});
