/**
 * Bytes of simulated physical memory (RAM, BARs, device memory), kept only where someone wrote. Unwritten memory reads as zero. It serves
 * the device model and the bounce buffers; C objects live in the machine's own memory.
 */

const PAGE = 4096;

export class PhysicalMemory {
  private readonly pages = new Map<number, Uint8Array>();

  read(address: number, size: number): Uint8Array {
    const bytes = new Uint8Array(size);
    for (let done = 0; done < size; ) {
      const offset = (address + done) % PAGE;
      const length = Math.min(PAGE - offset, size - done);
      const page = this.pages.get(address + done - offset);
      if (page !== undefined) bytes.set(page.subarray(offset, offset + length), done);
      done += length;
    }
    return bytes;
  }

  write(address: number, bytes: Uint8Array): void {
    for (let done = 0; done < bytes.length; ) {
      const offset = (address + done) % PAGE;
      const length = Math.min(PAGE - offset, bytes.length - done);
      const start = address + done - offset;
      let page = this.pages.get(start);
      if (page === undefined) {
        page = new Uint8Array(PAGE);
        this.pages.set(start, page);
      }
      page.set(bytes.subarray(done, done + length), offset);
      done += length;
    }
  }

  copy(to: number, from: number, size: number): void {
    this.write(to, this.read(from, size));
  }
}
