// Text files that are part of the program: bundled C declarations and check pages. Both bundler and test runner load them as strings.
declare module '*.h?raw' {
  const text: string;
  export default text;
}
declare module '*.c?raw' {
  const text: string;
  export default text;
}
declare module '*.md?raw' {
  const text: string;
  export default text;
}
