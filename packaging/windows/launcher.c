/* AceDesk.exe and acedesk.com: they load the Python beside them and run app\start.py with it.
 *
 * AceDesk.exe has no console; acedesk.com has one, and is what a terminal finds first, because .com
 * comes before .exe there. Both are built from this file; CONSOLE tells them apart.
 */

#include <stdlib.h>
#include <windows.h>

#define LONGEST 32768
/* app\start.py, and the options before it: UTF-8 whatever the system's code page is, and nothing is
 * written into the folder of the program. */
#define BEFORE 5

typedef int (*PyMain)(int, wchar_t **);

static int broken(const wchar_t *what)
{
    wchar_t text[LONGEST + 128];
    lstrcpyW(text, L"A part of AceDesk is missing or broken: install AceDesk again.\n\n");
    lstrcatW(text, what);
#ifdef CONSOLE
    HANDLE errors = GetStdHandle(STD_ERROR_HANDLE);
    DWORD written;
    lstrcatW(text, L"\n");
    if (!WriteConsoleW(errors, text, (DWORD)lstrlenW(text), &written, NULL)) {
        char bytes[LONGEST];
        int size = WideCharToMultiByte(CP_UTF8, 0, text, -1, bytes, sizeof bytes, NULL, NULL);
        if (size > 1)
            WriteFile(errors, bytes, (DWORD)size - 1, &written, NULL);
    }
#else
    MessageBoxW(NULL, text, L"AceDesk", MB_ICONERROR | MB_SETFOREGROUND);
#endif
    return 1;
}

static int run(int count, wchar_t **words)
{
    static wchar_t program[LONGEST], folder[LONGEST], library[LONGEST], script[LONGEST];
    wchar_t **all = calloc((size_t)count + BEFORE + 1, sizeof *all);
    DWORD size = GetModuleFileNameW(NULL, program, LONGEST - 64);
    HMODULE python;
    PyMain py_main;
    int number;

    if (all == NULL || size == 0 || size >= LONGEST - 64)
        return broken(L"Its folder has too long a name.");
    lstrcpyW(folder, program);
    while (size > 0 && folder[size - 1] != L'\\')
        size--;
    folder[size] = 0;
    lstrcpyW(library, folder);
    lstrcatW(library, TEXT(PYTHON_DLL));
    lstrcpyW(script, folder);
    lstrcatW(script, L"app\\start.py");
    /* Never from the folder somebody happens to be in. */
    SetDllDirectoryW(L"");
    python = LoadLibraryExW(library, NULL, LOAD_WITH_ALTERED_SEARCH_PATH);
    if (python == NULL)
        return broken(library);
    py_main = (PyMain)(void *)GetProcAddress(python, "Py_Main");
    if (py_main == NULL)
        return broken(library);
    if (GetFileAttributesW(script) == INVALID_FILE_ATTRIBUTES)
        return broken(script);
    all[0] = program;
    all[1] = L"-X";
    all[2] = L"utf8";
    all[3] = L"-B";
    all[4] = script;
    for (number = 1; number < count; number++)
        all[BEFORE + number - 1] = words[number];
    return py_main(BEFORE + count - 1, all);
}

#ifdef CONSOLE
int wmain(int count, wchar_t **words)
{
    return run(count, words);
}
#else
int WINAPI wWinMain(HINSTANCE us, HINSTANCE before, wchar_t *line, int show)
{
    (void)us, (void)before, (void)line, (void)show;
    return run(__argc, __wargv);
}
#endif
