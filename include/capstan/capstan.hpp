// Everything a program needs: #include <capstan/capstan.hpp>, link capstan::capstan.
#pragma once

