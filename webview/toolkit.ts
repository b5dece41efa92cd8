/**
 * The controls around the content: buttons, the dropdown, the progress ring, badges. The only file that names the webview UI toolkit;
 * where it cannot be used (it is no longer developed), the same functions give native controls. What the panel is for is never made
 * of these.
 */
import {
  provideVSCodeDesignSystem,
  vsCodeBadge,
  vsCodeButton,
  vsCodeDivider,
  vsCodeDropdown,
  vsCodeOption,
  vsCodeProgressRing,
} from '@vscode/webview-ui-toolkit';
import { element } from './element.ts';

let registered = false;
try {
  provideVSCodeDesignSystem().register(
    vsCodeBadge(),
    vsCodeButton(),
    vsCodeDivider(),
    vsCodeDropdown(),
    vsCodeOption(),
    vsCodeProgressRing(),
  );
  registered = customElements.get('vscode-button') !== undefined;
} catch (error) {
  console.warn('Interlock: native controls instead of the toolkit', error);
}

export interface ButtonOptions {
  readonly primary?: boolean;
  /** For a button whose text alone does not say what it does. */
  readonly label?: string;
  readonly id?: string;
}

export function button(
  text: string,
  press: () => void,
  { primary = false, label, id }: ButtonOptions = {},
): HTMLElement {
  const made = registered
    ? element('vscode-button', { attributes: { appearance: primary ? 'primary' : 'secondary' }, text })
    : element('button', { className: primary ? 'native primary' : 'native', attributes: { type: 'button' }, text });
  if (label !== undefined) {
    made.setAttribute('aria-label', label);
    made.title = label;
  }
  if (id !== undefined) made.id = id;
  made.addEventListener('click', press);
  return made;
}

/** A dropdown; `change` gets the value that was chosen. */
export function dropdown(
  label: string,
  options: readonly { readonly value: string; readonly text: string }[],
  selected: string,
  change: (value: string) => void,
): HTMLElement {
  const made = element(registered ? 'vscode-dropdown' : 'select', {
    className: 'dropdown',
    attributes: { 'aria-label': label },
    children: options.map(({ value, text }) => {
      const option = element(registered ? 'vscode-option' : 'option', { attributes: { value }, text });
      if (value === selected) option.setAttribute('selected', '');
      return option;
    }),
  });
  made.addEventListener('change', () => {
    if ('value' in made && typeof made.value === 'string') change(made.value);
  });
  return made;
}

export function badge(text: string): HTMLElement {
  return registered ? element('vscode-badge', { text }) : element('span', { className: 'native-badge', text });
}

export function divider(): HTMLElement {
  return registered ? element('vscode-divider', { attributes: { role: 'separator' } }) : element('hr');
}

export function progressRing(): HTMLElement {
  return registered ? element('vscode-progress-ring') : element('span', { text: '…' });
}
