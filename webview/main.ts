/** Starts the panel: takes the editor's messages, keeps the state, draws it, and tells the editor what the user does. */
import type { FromPanel, PanelState, ToPanel } from '../src/protocol/panel.ts';
import { PanelPage } from './page.ts';
import { type Action, moved, reduce, START, type State } from './state.ts';

interface VsCodeApi {
  postMessage(message: FromPanel): void;
  getState(): PanelState | undefined;
  setState(state: PanelState): void;
}
declare function acquireVsCodeApi(): VsCodeApi;

const editor = acquireVsCodeApi();
let state: State = START;

const page = new PanelPage({
  choose: (event) => act({ type: 'choose', event }),
  move: (move) => {
    const event = moved(state, move);
    if (event !== null) act({ type: 'choose', event });
  },
  filter: (filter) => act({ type: 'filter', filter }),
  open: (event) => editor.postMessage({ type: 'open', event }),
  explain: (check) => editor.postMessage({ type: 'explain', check }),
  copy: (text) => editor.postMessage({ type: 'copy', text }),
  stop: () => editor.postMessage({ type: 'stop' }),
  again: () => editor.postMessage({ type: 'again' }),
});

function act(action: Action): void {
  const before = state;
  state = reduce(state, action);
  page.draw(state, before);
  if (action.type === 'copied') page.say('Copied');
  if (state.run === null || state.selected === null) return;
  if (state.selected !== before.selected || state.run !== before.run) {
    editor.setState({ source: state.run.source, selected: state.selected });
    editor.postMessage({ type: 'select', event: state.selected });
  }
}

// Only the page that VS Code put around this one can send here.
window.addEventListener('message', ({ data }: MessageEvent<ToPanel>) => act(data));
page.draw(state, state);
const root = document.getElementById('panel');
root?.replaceChildren(page.root);
editor.postMessage({ type: 'ready' });
