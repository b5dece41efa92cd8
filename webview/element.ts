/** Makes elements. Text enters the page only as text: there is no way here to pass markup. */

export interface ElementOptions {
  readonly className?: string;
  readonly text?: string;
  readonly attributes?: Readonly<Record<string, string>>;
  readonly children?: readonly (Node | null)[];
}

/** An HTML element. Attributes are our own constants and plain values, never event handlers. */
export function element(name: string, options: ElementOptions = {}): HTMLElement {
  const made = document.createElement(name);
  fill(made, options);
  return made;
}

/** An SVG element. */
export function shape(name: string, options: ElementOptions = {}): SVGElement {
  const made = document.createElementNS('http://www.w3.org/2000/svg', name);
  if (!(made instanceof SVGElement)) throw new Error(`[interlock internal] ${name} is no SVG element`);
  fill(made, options);
  return made;
}

/** A message in which backquotes mark kernel identifiers: those as code, the rest as text. */
export function message(text: string): DocumentFragment {
  const made = document.createDocumentFragment();
  const parts = text.split('`');
  // An odd number of backquotes does not mark anything.
  if (parts.length % 2 === 0) made.append(text);
  else made.append(...parts.map((part, index) => (index % 2 === 1 ? element('code', { text: part }) : part)));
  return made;
}

/** A heading and what belongs below it. */
export function section(title: string, id: string, children: readonly (Node | null)[]): HTMLElement {
  const heading = element('h2', { text: title, attributes: { id: `${id}-title` } });
  return element('section', { attributes: { id, 'aria-labelledby': `${id}-title` }, children: [heading, ...children] });
}

function fill(made: Element, { className, text, attributes, children }: ElementOptions): void {
  if (className !== undefined) made.setAttribute('class', className);
  if (text !== undefined) made.textContent = text;
  for (const [name, value] of Object.entries(attributes ?? {})) made.setAttribute(name, value);
  for (const child of children ?? []) if (child !== null) made.append(child);
}
