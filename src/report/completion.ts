// Scripts that make a shell complete tg's command line: each asks tg itself for the words. Texts only.

const SHELLS = ["bash", "zsh", "fish"] as const;
export type Shell = (typeof SHELLS)[number];

const SCRIPTS: Readonly<Record<Shell, string>> = {
  bash: `# tg completion for bash: eval "$(tg completion bash)" in ~/.bashrc
_tg() {
  local IFS=$'\\n' line=\${COMP_LINE:0:COMP_POINT} words current cut
  # Bash splits words at : and =; tg's words are those between blanks.
  IFS=' ' read -r -a words <<<"$line"
  [[ $line == *' ' ]] && words+=('')
  current=\${words[-1]}
  cut=\${current%"\${current##*[:=]}"}
  COMPREPLY=()
  local word
  while IFS= read -r word; do
    printf -v word %q "$word"
    COMPREPLY+=("\${word#"$cut"}")
  done < <(tg completion words -- "\${words[@]:1}" 2>/dev/null)
  # Behind a folder more may follow.
  [[ \${#COMPREPLY[@]} == 1 && \${COMPREPLY[0]} == */ ]] && compopt -o nospace 2>/dev/null
}
complete -o default -F _tg tg`,
  zsh: `#compdef tg
# tg completion for zsh: eval "$(tg completion zsh)" in ~/.zshrc, after compinit
_tg() {
  local -a found
  found=("\${(@f)$(tg completion words -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  [[ -n "$found" ]] && compadd -S "" -- "\${(@M)found:#*/}"
  [[ -n "$found" ]] && compadd -- "\${(@)found:#*/}"
  # Outputs that are there are among the words already.
  [[ -n "\${(M)found:#*/*}" ]] || _files
}
compdef _tg tg`,
  fish: `# tg completion for fish: tg completion fish | source in ~/.config/fish/config.fish
complete -c tg -a '(tg completion words -- (commandline -opc)[2..] (commandline -ct) 2>/dev/null)'`,
};

export function completionScript(shell: Shell): string {
  return SCRIPTS[shell];
}
