// What the build makes of files that are no programs: style sheets go into one file, texts into the script.
declare module '*.css' {}
declare module '*?raw' {
  const text: string;
  export default text;
}
