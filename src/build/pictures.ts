/** Takes the README's pictures: `npm run pictures` writes media/hover.png and media/panel.png from a real VS Code. */
import path from 'node:path';
import { ROOT, startSession } from '../../test/e2e/host/session.ts';

const session = await startSession({
  folder: path.join(ROOT, 'examples'),
  settings: { 'workbench.colorTheme': 'Default Dark Modern', 'workbench.statusBar.visible': true },
});
try {
  const { window } = session;
  await window.page.setViewportSize({ width: 1120, height: 560 });
  await window.runCommand('View: Toggle Primary Side Bar Visibility');
  await window.openFile('blocking-allocation-in-link.patch');
  await window.goToProblem();
  await window.hoverSquiggle('Replay');
  await window.screenshot(path.join(ROOT, 'media/hover.png'));
  await window.hover().getByText('Replay', { exact: true }).click();
  const panel = await window.webview('#events .found');
  await window.page.setViewportSize({ width: 1440, height: 760 });
  await window.leaveHover();
  await panel.locator('#details .finding').first().waitFor();
  await window.page.waitForTimeout(1000);
  await window.screenshot(path.join(ROOT, 'media/panel.png'));
} finally {
  await session.stop();
}
